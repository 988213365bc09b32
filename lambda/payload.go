package lambda

// CheckPayload checks the request of a synchronous invocation and returns what the function is to receive: payload
// itself, or {} for none at all. It refuses more than 6 MB with a 413 and what is not JSON with a 400. Any JSON value
// is an event, scalars and null included. A valid payload costs no allocation.
func CheckPayload(payload []byte) ([]byte, error) {
	if err := CheckPayloadSize(len(payload)); err != nil {
		return nil, err
	}
	return checkJSON(payload)
}

// CheckPayloadSize is the part of [CheckPayload] that does not read the payload.
func CheckPayloadSize(size int) error {
	if size > MaxRequestPayload {
		return RequestTooLarge("InvokeFunction", MaxRequestPayload)
	}
	return nil
}

// CheckEventPayload is [CheckPayload] for an asynchronous invocation, whose request has at most 1 MB.
func CheckEventPayload(payload []byte) ([]byte, error) {
	if err := CheckEventPayloadSize(len(payload)); err != nil {
		return nil, err
	}
	return checkJSON(payload)
}

// CheckEventPayloadSize is the part of [CheckEventPayload] that does not read the payload.
func CheckEventPayloadSize(size int) error {
	if size > MaxEventPayload {
		return EventTooLarge(size)
	}
	return nil
}

func checkJSON(payload []byte) ([]byte, error) {
	if len(payload) == 0 {
		return []byte("{}"), nil // a fresh one: what a function does to its event must not reach another
	}
	if plainJSON(payload) {
		return payload, nil
	}
	if detail := jsonFault(payload); detail != "" {
		return nil, InvalidRequestContent(detail)
	}
	return payload, nil
}
