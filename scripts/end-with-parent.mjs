// Loaded first into each child (`--import`): when the parent is gone, whatever it died of, the child ends as if asked to.
const LONGEST_MS = 15_000;

process.on('disconnect', () => {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LONGEST_MS).unref();
});
// Listening alone would keep a child alive that has nothing left to do.
process.channel?.unref();
