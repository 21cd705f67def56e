package demo

import "time"

// What one client can make the demo hold, and how long anything is waited for.
// The page is told those that it shows.
const (
	// NameRunes, RoomRunes and TextRunes are the longest name of a person, name
	// of a room and message, in code points. Codes bad_name, bad_room, bad_text.
	NameRunes = 24
	RoomRunes = 32
	TextRunes = 1000
	// KeyBytes is the longest key that a client names a message by.
	KeyBytes = 40

	// HistoryMessages are kept of each room; older ones are forgotten. A client
	// that returns names as many at most that it has.
	HistoryMessages = 100
	// Rooms are kept. Another replaces the one that has been quiet longest among
	// those that nobody is in; where there is none it is refused: full.
	Rooms = 64
	// RoomPeople can be in one room, People in all of the cluster: full. Workers
	// count for themselves, so that a few more may slip in at the same moment.
	RoomPeople = 200
	People     = 500

	// MessagesPerSecond is what one socket may send in the long run, with
	// MessageBurst at once; then it is refused: too_fast. Entering a room and
	// telling the transport count as well.
	MessagesPerSecond = 4
	MessageBurst      = 12
)

const (
	// announceEvery is how often each worker says that it lives, and how far it
	// is. One that has been silent for peerSilence is taken for dead.
	announceEvery = 2 * time.Second
	peerSilence   = 7 * time.Second
	// lookEvery is how often the table of workers is read.
	lookEvery = time.Second
	// settleQuiet is how long no answer may have come for a worker that starts
	// to take its replica for whole, where all it knows of have answered, and
	// settleLimit how long clients wait for that.
	settleQuiet = 250 * time.Millisecond
	settleLimit = 5 * time.Second
	// answerDelay gathers the questions of workers that start together.
	answerDelay = 20 * time.Millisecond
	// askAgain is how often a worker is asked for the whole at most.
	askAgain = time.Second
	// pulseDelay gathers changes before clients are told.
	pulseDelay = 60 * time.Millisecond

	// stateMessages is how many messages one event between workers carries.
	stateMessages = 50
	// keepers is how many workers, those with the lowest homes, tell what was
	// said on workers that have died since.
	keepers = 3
	// pulseFlows bounds the messages that one pulse shows on their way.
	pulseFlows = 24
	// clockSkew is how far ahead another machine's clock is followed.
	clockSkew = 10 * time.Second
)
