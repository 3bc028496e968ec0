// Code cannot close the function that the loader puts around it.
function onTrack() {}
})
(function () {
