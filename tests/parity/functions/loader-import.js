// There are no modules.
import axios from 'axios'
function onTrack() {}
