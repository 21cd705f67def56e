// Package feed spreads messages from each worker to the others in order and
// without gaps, over a Broker that may lose anything at any time.
//
// A worker's life is an Origin. What it publishes goes to one of NumBuckets
// buckets (to the workers that joined it), to All workers, or straight to one
// home. Rooms are hashed to buckets by BucketOf.
//
// # Guarantees
//
// Each message reaches each receiver at most once. All messages of one origin
// reach a receiver in the order of their publishing, over all the buckets it
// has joined and its direct messages. None is lost while the origin's ring still
// holds it: a receiver notices what it misses, after an interruption at once,
// at the latest with the origin's next beat, and asks for it again.
// A message of another life of the same worker is never mixed up with this one's.
// Join returns only when everything that anyone publishes afterwards arrives,
// also where the broker is several servers that route to each other (see
// Options.Others); a new subscriber starts at the present.
//
// # Limits
//
// What the ring no longer holds, or what a worker published that has died since,
// is lost, counted and logged. Where servers between two workers lose messages
// silently (not this worker's connection, nor the other's), order across buckets
// is kept only from one beat to the next; order within a bucket always.
// Within a beat of a Join two things are uncertain: after an interruption,
// messages published just before that Join may arrive; and the first message to
// the bucket, if servers lose it silently, is not missed until the second.
// A Join on several servers waits for a server behind which no worker answers,
// since they are dead, cut off or hang, for Options.JoinPatience; after that Joins
// go on without that server's word, which is counted, until it speaks again.
//
// # How it works
//
// An origin numbers its messages; each message names its predecessor in the same
// bucket, so that a gap is told from a filter. A beat a second (and before the
// first message after any interruption of the origin) names the newest message
// of each bucket that has changed since the last beat, so that the loss of a
// last message is noticed too. A receiver that misses something ignores the
// origin's live messages and pulls from its ring, chunk by chunk, as fast as it
// can deliver, until it has caught up; the last chunk is an exact cut.
//
// A Join that its own server has confirmed asks one worker on each other server
// for a word; the question travels behind the subscription (see confirms).
package feed
