package lambdatest

import (
	"slices"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// deliveryChecks are about where results go.
var deliveryChecks = []Check{
	{"one-delivery-a-route", "a result goes to each of its routes exactly once, whatever becomes of the others", checkRoutes},
	{"route-fits-condition", "OnSuccess gets results of Success only, OnFailure and the dead-letter queue all others only", checkRouteFits},
	{"delivered-after-end", "results are delivered when the event has ended", checkDeliveredAfterEnd},
}

// routes are those that a condition leads to.
func routes(condition string) []string {
	switch condition {
	case "":
		return nil
	case conditionSuccess:
		return []string{trace.OnSuccess}
	}
	return []string{trace.OnFailure, trace.DeadLetter}
}

func checkRoutes(ev *evidence) error {
	return ev.eachEvent(func(h *history) error {
		for _, route := range []string{trace.OnSuccess, trace.OnFailure, trace.DeadLetter} {
			n := 0
			for _, d := range h.deliveries {
				if d.Route == route {
					n++
				}
			}
			configured := slices.Contains(h.async.Routes, route)
			switch {
			case n > 1:
				return h.breach("was delivered %d times to %s", n, route)
			case h.async.Routes == nil || h.aliasGone():
			case n == 1 && !configured:
				return h.breach("was delivered to %s, which has no target", route)
			case n == 0 && configured && slices.Contains(routes(h.end().Detail), route):
				return h.breach("ended in %s and was not delivered to %s", h.end().Detail, route)
			}
		}
		return nil
	})
}

func checkRouteFits(ev *evidence) error {
	return ev.eachEvent(func(h *history) error {
		for _, d := range h.deliveries {
			if !slices.Contains(routes(h.end().Detail), d.Route) {
				return h.breach("ended in %q and was delivered to %s", h.end().Detail, d.Route)
			}
		}
		return nil
	})
}

func checkDeliveredAfterEnd(ev *evidence) error {
	return ev.eachEvent(func(h *history) error {
		ended := false
		for _, e := range h.steps {
			switch e.Kind {
			case trace.Ended:
				ended = true
			case trace.Delivered, trace.DeliveryFailed:
				if !ended {
					return h.breach("was delivered to %s before it had ended", e.Route)
				}
			}
		}
		return nil
	})
}
