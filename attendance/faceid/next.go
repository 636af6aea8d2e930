package faceid

import "fmt"

// moves is the whole of what can happen. docs/face-id.md shows it; a test holds the
// two against each other.
//
// Nobody gives a picture that was not asked for. Who was asked once may say yes
// after all. A no stays on record until there is nobody to say it: taking it away
// and asking again at once would be a way round Pause.
var moves = map[State]map[Event]State{
	None:      {Request: Requested, End: None},
	Requested: {Give: Given, Decline: Declined, Reset: None, Expire: Expired, End: None},
	Given:     {Give: Given, Withdraw: Withdrawn, Reset: None, End: None},
	Declined:  {Request: Requested, Give: Given, End: Declined},
	Withdrawn: {Request: Requested, Give: Given, End: Withdrawn},
	Expired:   {Request: Requested, Give: Given, Decline: Declined, End: None},
}

// NotNow is the error of an event that can't happen in a state.
type NotNow struct {
	State State
	Event Event
}

// Error is for logs; a screen has a sentence of its own.
func (n *NotNow) Error() string {
	return fmt.Sprintf("%s is not possible: the face reference is %s", n.Event, n.State)
}

// Next returns where an event leads, or *NotNow.
func Next(s State, e Event) (State, error) {
	to, ok := moves[s][e]
	if !ok {
		return s, &NotNow{s, e}
	}
	return to, nil
}
