import { closestCenter, DndContext, KeyboardSensor, PointerSensor, useSensor, useSensors } from '@dnd-kit/core';
import {
  SortableContext,
  sortableKeyboardCoordinates,
  useSortable,
  verticalListSortingStrategy,
} from '@dnd-kit/sortable';
import { CSS } from '@dnd-kit/utilities';
import type { ReactNode } from 'react';
import { inPlace, moved, type Rule } from '../data/rules';
import { t } from '../messages';

/** Rules in the order they are asked: dragged with the pointer, or by Space and the arrow keys, and told as they move. */
export function RuleList({
  rules,
  disabled,
  put,
  children,
}: {
  rules: readonly Rule[];
  disabled: boolean;
  put: (rules: Rule[]) => void;
  children: (rule: Rule) => ReactNode;
}) {
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const placeOf = (id: string | number | undefined): number => rules.findIndex(({ ruleId }) => ruleId === id);
  const nameOf = (id: string | number): string => rules[placeOf(id)]?.name ?? '';
  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      accessibility={{
        announcements: {
          onDragStart: ({ active }) => t('rules.picked', { name: nameOf(active.id) }),
          onDragOver: ({ active, over }) =>
            over
              ? t('rules.moved', { name: nameOf(active.id), place: placeOf(over.id) + 1, all: rules.length })
              : undefined,
          onDragEnd: ({ active, over }) =>
            over ? t('rules.dropped', { name: nameOf(active.id), place: placeOf(over.id) + 1 }) : undefined,
          onDragCancel: () => undefined,
        },
        screenReaderInstructions: { draggable: '' },
      }}
      onDragEnd={({ active, over }) => {
        if (over && active.id !== over.id) put(inPlace(moved(rules, placeOf(active.id), placeOf(over.id))));
      }}
    >
      <SortableContext items={rules.map(({ ruleId }) => ruleId)} strategy={verticalListSortingStrategy}>
        <ol className="rules" aria-label={t('rules.rules')}>
          {rules.map((rule) => (
            <Item key={rule.ruleId} rule={rule} disabled={disabled}>
              {children(rule)}
            </Item>
          ))}
        </ol>
      </SortableContext>
    </DndContext>
  );
}

function Item({ rule, disabled, children }: { rule: Rule; disabled: boolean; children: ReactNode }) {
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition } = useSortable({
    id: rule.ruleId,
    disabled,
  });
  return (
    <li
      ref={setNodeRef}
      className="card rule"
      data-rule={rule.name}
      style={{ transform: CSS.Translate.toString(transform), transition: transition ?? '' }}
    >
      {!disabled && (
        <button
          type="button"
          ref={setActivatorNodeRef}
          className="handle"
          {...attributes}
          {...listeners}
          aria-label={t('rules.drag', { name: rule.name })}
        >
          ⠿
        </button>
      )}
      {children}
    </li>
  );
}
