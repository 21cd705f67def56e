// Package sealed is memory that a master shares with its children: an inherited
// memfd whose size can never change, mapped by each of them. Memory that shrank
// would end whoever reads it with SIGBUS, so one whose size is not sealed is
// refused, and so is one whose header says that it is laid out otherwise.
//
// What lies behind the header, and who may write where, is the business of those who use it.
// What another process has written is never to be trusted.
package sealed
