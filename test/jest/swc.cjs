// @swc/jest, which compiles the same for every project: what one has had compiled, the others take. Its own key of the
// cache has all of a project's configuration in it.
const { createTransformer } = require('@swc/jest');

exports.createTransformer = (options) => {
  const swc = createTransformer(options);
  const getCacheKey = (source, file, { instrument, supportsStaticESM, config: { rootDir } }) =>
    swc.getCacheKey(source, file, { instrument, supportsStaticESM, config: { rootDir }, configString: '' });
  return { ...swc, getCacheKey };
};
