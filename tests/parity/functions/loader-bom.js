// A byte-order mark is no part of the code.
﻿function onTrack() {
﻿  return undefinedName
﻿}
