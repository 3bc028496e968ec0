// Nor may a class.
class onTrack {}
