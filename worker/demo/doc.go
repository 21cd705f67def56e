// Package demo is what --demo serves: a chat with rooms and presence, a live
// picture of the workers, and the event "echo". It uses nothing of the server
// that another application could not: package socketio, and a handler for the
// requests that are not Socket.IO's.
//
// # How it works
//
// Each worker has a replica of who is present where, and of the last messages
// of each room. What happens at a worker (somebody comes, goes, says something)
// gets that worker's next number and is told to the others as a server-side
// event, in order. A worker that misses a number asks for the whole. Each one
// gives its own clients what its replica learns, in the order in which it
// learns it, so that the history a client is given and what it hears
// afterwards have no gap.
//
// A worker that starts asks the others; clients that enter wait for the answer,
// for a bounded time. The people of a worker that has died are dropped when its
// successor speaks, when the master's table shows another process in its slot,
// or when its announcements cease. What was said there stays.
//
// # Guarantees
//
// A client that returns names the newest messages that it has, and is given
// those it has not, in order, as far as the history goes. A message that is sent again under the same key is kept once. Everything is
// bounded by the constants of limits.go; what exceeds them is refused with a
// code, or, where it is old, forgotten. Text is passed on as text: the page
// never makes markup of it.
//
// # Non-goals
//
// Nothing outlives all workers, and nobody proves who they are: names can be
// taken by anybody.
//
// # The page, for tests
//
// Elements have these data-testid attributes, which stay:
//
//	status          data-state: connecting, online, offline, missing
//	banner          shown while offline, or where the client script is missing (then
//	                with the text of what to run)
//	notice          what happened last: "Back after 0.4 s ...", errors of the server
//	rooms           the list; in it room (data-room, aria-current)
//	room-input      Enter goes there, and makes it where there is none
//	room-title      the room this tab is in
//	messages        the list; in it message (data-id, data-mine, data-slot), and
//	                in each message-text; via (on the first of a group)
//	composer        the text; send (the button)
//	people          the list of those in this room; in it person (data-name, data-slot, data-me)
//	name-input      this tab's name
//	tab             the panel "this tab"; in it tab-slot, tab-pid, tab-transport,
//	                tab-latency, tab-session, tab-reconnects
//	picture         the SVG; in it worker (data-slot, data-pid, data-up, data-clients),
//	                dot (data-slot, data-me)
//	another-tab     the link that opens another tab
package demo
