package control

// maxTouched bounds the records that are judged one by one after a change;
// above, the whole check runs.
const maxTouched = 2000
