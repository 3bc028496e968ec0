// winston formats lines by level; kept in memory, where its own console would write to Node's output.
function onTrack() {
  const { Logger, transports, config } = winstonlib.winston
  const memory = new transports.Memory({ level: 'debug', timestamp: false })
  const logger = new Logger({ transports: [memory] })
  logger.info('100 %s', 'done', { a: 1, nested: { b: [1, 2] } })
  logger.debug('details')
  logger.error('broken')
  logger.silly('not shown')
  return {
    levels: config.npm.levels,
    version: winstonlib.winston.version,
    written: memory.writeOutput,
    errors: memory.errorOutput
  }
}
