// Package witness sees to it that somebody says what a worker that died can say
// no more: each worker tells another one, its witness, what is owed if it dies
// (an entry a socket), and the witness tells it then.
//
// A worker's witness is one of another machine where there is one, else of
// another slot of its own. It is told of each entry as it comes and goes, in
// numbered frames over the bus, and says once a second how far it has heard: what
// was lost on the way, or while the bus was down, is made good by telling
// everything anew. A witness that is gone is followed by another.
//
// What is owed is noted for the slot's next worker too (package estate), with who
// the witness is. The next one asks that witness in its predecessor's name, and
// tells what the witness has not: everything, where there is none any more.
//
// Guarantees:
//   - What a worker owed when it died is told by one other, begun as soon as the
//     roster knows: at once where its master lives, after some 6 s where the whole
//     machine is gone.
//   - It is told once, but where a worker dies within the moment in which it told
//     something itself, or has just changed its witness, or its witness dies as it
//     speaks: that may be told again.
//   - A worker that was taken for dead, because its machine was cut off, hears
//     when it is back what was told in its name, and disowns it.
//   - The memory for others' entries is bounded; see [Stats].
//
// Non-goals: a machine that dies within the same second as its workers' witnesses
// elsewhere, or alone: what it owed is not told.
package witness
