/* Delivery streams: what they accepted, and the files they write.
 *
 * A hose buffers by its hints and writes gzip files under LANDING/PREFIX, as Firehose writes to S3: the
 * prefix is expanded from the arrival of the file's oldest record. A hidden file is renamed when it is whole.
 */
#ifndef PENSTOCK_FAULTD_HOSE_H
#define PENSTOCK_FAULTD_HOSE_H

#include "base/thread.h"
#include "tests/support/faultd/message.h"

enum { HOSES = 64, HOSE_NAME_BYTES = 65, HOSE_PATH_BYTES = 1024, HOSE_KEPT_BYTES = 256 * 1024 * 1024 };

struct hose {
    char name[HOSE_NAME_BYTES];
    char arn[256];
    char landing[HOSE_PATH_BYTES]; /* a folder, empty: writes no files */
    char prefix[HOSE_PATH_BYTES]; /* with !{timestamp:...} */
    int64_t buffer_bytes, buffer_ms; /* the hints */
    bool delimiter; /* AppendDelimiterToRecord */
    bool keep; /* keep what was accepted, for /_faultd/accepted */
    int64_t created_ms;
    uint64_t records, bytes, files, file_failures;
    struct bytes buffer; /* not yet written */
    int64_t oldest_ms; /* server's wall clock at the oldest record in the buffer */
    int64_t flush_boot_ms; /* when the buffer is due */
    struct bytes kept;
    char last_error[256];
};

struct hoses {
    struct mutex lock;
    struct hose *all[HOSES] GUARDED_BY(lock);
    size_t count GUARDED_BY(lock);
    uint64_t files GUARDED_BY(lock); /* names of files are distinct by it */
    uint64_t nonce GUARDED_BY(lock);
};

void hoses_init(struct hoses *hoses);
/* Writes what is buffered first. */
void hoses_destroy(struct hoses *hoses);
void hoses_reset(struct hoses *hoses) EXCLUDES(hoses->lock);

struct hose *hose_find(struct hoses *hoses, const char *name) REQUIRES(hoses->lock);
/* NULL, or what is wrong. Replaces nothing: an existing name is an error. */
const char *hose_add(struct hoses *hoses, const cJSON *tree, const char *region, const char *landing,
                     int64_t now_ms) MUST_USE EXCLUDES(hoses->lock);
void hose_remove(struct hoses *hoses, const char *name) EXCLUDES(hoses->lock);

/* Records that Firehose has accepted: `offsets` has count + 1 places in `data`. */
void hose_accept(struct hoses *hoses, struct hose *hose, struct slice data, const size_t *offsets,
                 size_t count, int64_t now_ms) REQUIRES(hoses->lock);

/* Writes the buffers that are due, or all of them. Returns how many files could not be written. */
size_t hoses_flush(struct hoses *hoses, bool all) EXCLUDES(hoses->lock);

/* Expands !{timestamp:PATTERN} with letters y M d H m s, at `wall_ms`; false when the prefix is malformed or
 * too long. https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html */
bool hose_expand_prefix(const char *prefix, int64_t wall_ms, char *target, size_t size) MUST_USE;

/* Writes one gzip file, whole or not at all. False with `reason`. */
bool hose_write_file(const char *path, struct slice data, char *reason, size_t reason_size) MUST_USE;

/* All hoses for the control API. Owned. */
cJSON *hoses_report(struct hoses *hoses) EXCLUDES(hoses->lock);

#endif
