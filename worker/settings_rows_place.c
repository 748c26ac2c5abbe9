#include "worker/settings_rows.h"

#define ROW(id)     [(id) - SETTING_FIREHOSE]
#define FIELD(name) offsetof(struct settings, name)

const struct setting settings_place_rows[SETTING_APP - SETTING_FIREHOSE] = {
    ROW(SETTING_FIREHOSE) = {.name = "firehose",
                             .type = SETTING_TYPE_TEXT,
                             .group = SETTINGS_OF_DESTINATION,
                             .placeholder = "NAME",
                             .least = 1,
                             .most = 64,
                             .characters = "_.-",
                             .help =
                                 "Send to this Firehose delivery stream (a Direct PUT source, same region).",
                             .field = FIELD(firehose)},
    ROW(SETTING_KINESIS) =
        {.name = "kinesis",
         .type = SETTING_TYPE_TEXT,
         .group = SETTINGS_OF_DESTINATION,
         .placeholder = "NAME",
         .least = 1,
         .most = 128,
         .characters = "_.-",
         .help = "Send to this Kinesis data stream (same region) instead, for those who want seconds without "
                 "S3. An "
                 "item's changes arrive in order; the partition key is a hash of the item's key.",
         .field = FIELD(kinesis)},
    ROW(SETTING_FILE) =
        {.name = "file",
         .type = SETTING_TYPE_TEXT,
         .group = SETTINGS_OF_DESTINATION,
         .placeholder = "DIR",
         .least = 1,
         .most = 3000,
         .help = "Write gzip files under this folder instead, in the layout that Firehose gives S3: "
                 "ddb/TABLE/dt=YYYY-MM-DD/HH=HH/.",
         .field = FIELD(file)},
    ROW(SETTING_STDOUT) =
        {.name = "stdout",
         .type = SETTING_TYPE_BOOL,
         .group = SETTINGS_OF_DESTINATION,
         .fallback = "false",
         .help =
             "Write the lines to standard output, for a pipe; logs stay on standard error. A line counts as "
             "delivered when the pipe has it; when its reader is gone the worker ends.",
         .field = FIELD(to_stdout)},
    ROW(SETTING_FLUSH_AGE) =
        {.name = "flush-age",
         .type = SETTING_TYPE_DURATION,
         .group = SETTINGS_OF_DESTINATION,
         .placeholder = "TIME",
         .fallback = "1s",
         .least = 0,
         .most = 15 * MINUTE,
         .help = "No change waits longer than this for company before it is sent, or its file is closed. 0: "
                 "what is there leaves as soon as no request is under way (no file is being written), which "
                 "is quickest while changes are few, and fills requests while they are many.",
         .field = FIELD(flush_age_ms)},
    ROW(SETTING_PACK_BYTES) =
        {.name = "pack-bytes",
         .type = SETTING_TYPE_SIZE,
         .group = SETTINGS_OF_DESTINATION,
         .placeholder = "SIZE",
         .fallback = "64KiB",
         .least = 0,
         .most = 1024000,
         .help =
             "Lines share a Firehose record up to this size, since Firehose bills each record rounded up to "
             "5 KB; a record ends where that rounding wastes least. In a Kinesis record only lines of one "
             "item "
             "do. 0: one line a record.",
         .field = FIELD(pack_bytes)},
    ROW(SETTING_REQUESTS_IN_FLIGHT) =
        {.name = "requests-in-flight",
         .type = SETTING_TYPE_NUMBER,
         .group = SETTINGS_OF_DESTINATION,
         .placeholder = "N",
         .fallback = "16",
         .least = 1,
         .most = 16,
         .help =
             "PutRecordBatch (--kinesis: PutRecords) requests under way at once, at most. A worker has four, "
             "more while batches wait and the destination answers as quickly as before, fewer when it "
             "throttles.",
         .field = FIELD(requests_in_flight)},
    ROW(SETTING_FIREHOSE_BYTES_PER_SECOND) = {.name = "firehose-bytes-per-second",
                                              .type = SETTING_TYPE_SIZE,
                                              .group = SETTINGS_OF_DESTINATION,
                                              .placeholder = "SIZE",
                                              .fallback = "0",
                                              .fallback_words = "0 (no limit)",
                                              .least = 0,
                                              .most = INT64_C(64) * 1024 * MIB,
                                              .help = "What the whole fleet may send to Firehose a second, "
                                                      "divided among its workers by the leases they hold, "
                                                      "so that a backlog does not run into the delivery "
                                                      "stream's quota. Throttles lower a worker's part, "
                                                      "success restores it. Give all workers the same.",
                                              .field = FIELD(firehose_bytes_per_second)},
    ROW(SETTING_DEAD_LETTER) =
        {.name = "dead-letter",
         .type = SETTING_TYPE_TEXT,
         .group = SETTINGS_OF_DESTINATION,
         .placeholder = "PLACE",
         .fallback_words = "none",
         .least = 6,
         .most = 3000,
         .help = "Where a change that the destination can never take, or that cannot be decoded, is stored, "
                 "whole and "
                 "with the reason: s3://BUCKET/PREFIX, firehose:NAME (another delivery stream) or file:DIR. "
                 "Without it "
                 "the shard of such a change stops there, loudly, and the other shards go on.",
         .field = FIELD(dead_letter)},
    ROW(SETTING_LARGE_RECORDS) = {.name = "large-records",
                                  .type = SETTING_TYPE_TEXT,
                                  .group = SETTINGS_OF_DESTINATION,
                                  .placeholder = "s3://BUCKET/PREFIX",
                                  .fallback_words = "none",
                                  .least = 6,
                                  .most = 3000,
                                  .help = "A line that is only too long for a Firehose record is put into "
                                          "the landing prefix itself, below "
                                          "dt=YYYY-MM-DD/HH=HH/ as Firehose does, so that it is not lost to "
                                          "the table. Without it such a line is "
                                          "a dead letter.",
                                  .field = FIELD(large_records)},
    ROW(SETTING_SPILL) = {.name = "spill",
                          .type = SETTING_TYPE_TEXT,
                          .group = SETTINGS_OF_DESTINATION,
                          .placeholder = "PLACE",
                          .fallback_words = "none",
                          .least = 6,
                          .most = 3000,
                          .help = "Where lines are landed directly, in Firehose's layout, while the delivery "
                                  "stream has taken nothing for "
                                  "--spill-after or unread changes are within six hours of their trim: "
                                  "s3://BUCKET/PREFIX (the landing "
                                  "prefix itself) or file:DIR.",
                          .field = FIELD(spill)},
    ROW(SETTING_SPILL_AFTER) =
        {.name = "spill-after",
         .type = SETTING_TYPE_DURATION,
         .group = SETTINGS_OF_DESTINATION,
         .placeholder = "TIME",
         .fallback = "15m",
         .least = 100,
         .most = 12 * HOUR,
         .help = "How long the delivery stream must have refused everything before lines go to --spill. It "
                 "is tried again "
                 "with one batch as often, every 30s at least, and gets all lines once it takes one.",
         .field = FIELD(spill_after_ms)},
};
