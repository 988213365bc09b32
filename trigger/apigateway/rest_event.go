package apigateway

// describe is the request as functions see it, without its body.
func (x *restRequest) describe() event1 {
	c := &x.api.config
	return event1{
		resource: x.method.resource, path: x.path, verb: x.verb(),
		headers: x.headers, query: x.query, params: x.params, variables: x.stage.variables,
		resourceID: x.method.resourceID, deploymentID: c.DeploymentID, requestID: x.id, extendedID: x.extendedID,
		at: x.at, rawPath: x.raw, protocol: protocol(x.r), stage: x.stage.name,
		accountID: c.Identity.Account, apiID: c.APIID, domain: c.DomainName, domainPrefix: x.api.domainPrefix,
		peer: x.peer, userAgent: x.r.UserAgent(), authorizer: x.auth.json, identity: x.auth.identity, key: x.key,
	}
}

// appendEvent appends the request as a proxy integration's function sees it. Its body is text unless its type is listed.
func (x *restRequest) appendEvent(b []byte) []byte {
	e := x.describe()
	e.body, e.binary = x.body, x.api.binary.match(x.r.Header.Get("Content-Type"))
	return e.append(b)
}
