// The function of the embedded workspace: it posts every event to the endpoint of its settings, where the
// sandbox shows what arrived. `segment-sandbox init` writes one for you to change.

async function post(event, settings) {
  let response;
  try {
    response = await fetch(settings.endpoint, {
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
  if (response.status >= 500 || response.status === 429) {
    throw new RetryError(`The endpoint answered ${response.status}`);
  }
  if (!response.ok) {
    throw new Error(`The endpoint answered ${response.status}`);
  }
  console.log(`${event.type} was posted, the endpoint answered ${response.status}`);
  return { status: response.status };
}

async function onIdentify(event, settings) {
  return post(event, settings);
}

async function onTrack(event, settings) {
  return post(event, settings);
}

async function onPage(event, settings) {
  return post(event, settings);
}

async function onScreen(event, settings) {
  return post(event, settings);
}

async function onGroup(event, settings) {
  return post(event, settings);
}

async function onAlias(event, settings) {
  return post(event, settings);
}

async function onDelete(event, settings) {
  return post(event, settings);
}
