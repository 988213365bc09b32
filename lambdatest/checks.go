package lambdatest

// conditionSuccess is the terminal condition of an event that ended well, as invocation records spell it.
const conditionSuccess = "Success"
