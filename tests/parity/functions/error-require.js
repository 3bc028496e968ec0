// There is no require to call.
function onTrack() {
  const axios = require('axios')
  return axios.get('https://api.test/')
}
