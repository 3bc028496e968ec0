// One handler for each type of call. A handler that returns has delivered the event. One that throws has
// not: RetryError asks for another try later, EventNotSupported says that this type is of no use here,
// InvalidEventPayload and ValidationError that this event is; any other error gives the event up.

async function onIdentify(event, settings) {
  if (!event.userId) {
    throw new InvalidEventPayload('An identify call needs a userId here');
  }
  return post('contacts', event, settings);
}

async function onTrack(event, settings) {
  return post('activities', event, settings);
}

async function onPage(event, settings) {
  return post('visits', event, settings);
}

async function onScreen(event, settings) {
  return post('visits', event, settings);
}

async function onGroup(event, settings) {
  return post('companies', event, settings);
}

async function onAlias(event, settings) {
  return post('aliases', event, settings);
}

// Segment passes on a customer's wish to be forgotten. Every partner has to honour it before the App is
// published: delete what you hold about event.userId.
async function onDelete(event, settings) {
  throw new EventNotSupported('Deletion is not built yet');
}

async function post(collection, event, settings) {
  const response = await send(`${settings.endpoint}?collection=${collection}`, event, settings);
  if (response.status === 429 || response.status >= 500) {
    throw new RetryError(`The endpoint answered ${response.status}`);
  }
  if (!response.ok) {
    throw new Error(`The endpoint answered ${response.status}: ${await response.text()}`);
  }
  console.log(`${event.type} went to ${collection}`);
  return { status: response.status };
}

// A request that gets no answer is tried again: a network mends itself.
async function send(url, event, settings) {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Authorization: `Basic ${btoa(`${settings.apiKey}:`)}`,
      },
      body: JSON.stringify(event),
    });
  } catch (error) {
    throw new RetryError(error.message);
  }
}
