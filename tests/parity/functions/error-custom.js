// An error class of the function's own, with properties, out of nested awaits.
class ApiError extends Error {
  constructor(message, status, details) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.details = details
  }
}

async function call() {
  await null
  throw new ApiError('not found', 404, { path: '/x', list: [1, 2] })
}

async function onTrack() {
  try {
    await call()
  } catch (error) {
    throw new ApiError(`outer: ${error.message}`, error.status, error.details)
  }
}
