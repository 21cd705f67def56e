// Package sealed is memory that a master shares with its children: an inherited
// memfd whose size can never change, mapped by each of them. Memory that shrank
// would end whoever reads it with SIGBUS, so one whose size is not sealed is
// refused.
//
// What lies in it, and who may write where, is the business of those who use it.
// What another process has written is never to be trusted.
package sealed
