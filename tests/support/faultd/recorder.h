/* Every exchange as one JSON line in a file, for tests/support/validate_recording.py. Any thread may call. */
#ifndef PENSTOCK_FAULTD_RECORDER_H
#define PENSTOCK_FAULTD_RECORDER_H

#include "base/thread.h"
#include "tests/support/faultd/message.h"

struct recorder {
    struct mutex lock;
    int descriptor GUARDED_BY(lock); /* -1: records nothing */
    int64_t left GUARDED_BY(lock); /* bytes that may still be written */
    uint64_t written GUARDED_BY(lock), dropped GUARDED_BY(lock);
};

/* `path` NULL records nothing. Appends to the file; at most `most_bytes` more. */
struct status recorder_open(struct recorder *recorder, const char *path, int64_t most_bytes) MUST_USE;
void recorder_close(struct recorder *recorder);

/* One exchange; a dropped reply has no status. Credentials are left out of the headers. */
void recorder_write(struct recorder *recorder, const struct request *request, const struct reply *reply,
                    const struct delivery *delivery) EXCLUDES(recorder->lock);

/* {"written":n,"dropped":n}. Owned. */
cJSON *recorder_report(struct recorder *recorder) EXCLUDES(recorder->lock);

#endif
