/* One HTTP exchange as the handlers see it: the request's borrowed parts and the reply under construction. */
#ifndef PENSTOCK_FAULTD_MESSAGE_H
#define PENSTOCK_FAULTD_MESSAGE_H

#include <cjson/cJSON.h>

#include "base/bytes.h"

enum {
    REQUEST_HEADERS = 64,
    REQUEST_HEAD_BYTES = 64 * 1024,
    REQUEST_BODY_BYTES = 16 * 1024 * 1024,
    REPLY_BODY_BYTES = 64 * 1024 * 1024,
    RESOURCE_BYTES = 256,
};

enum service {
    SERVICE_NONE,
    SERVICE_DYNAMODB,
    SERVICE_STREAMS,
    SERVICE_FIREHOSE,
    SERVICE_STS,
    SERVICE_S3,
    SERVICE_KINESIS,
    SERVICE_COUNT
};

/* "dynamodb", "streams", "firehose", "sts", "s3", "kinesis"; "none". */
const char *service_name(enum service service);
/* SERVICE_NONE when unknown. */
enum service service_parse(const char *name);

struct header {
    struct slice name;
    struct slice value;
};

/* Borrows from the connection's buffer. */
struct request {
    struct slice method;
    struct slice path;
    struct slice query; /* behind '?', not decoded */
    struct header headers[REQUEST_HEADERS];
    size_t header_count;
    struct slice body;
    bool keep_alive;

    enum service service;
    char operation[64];
    char resource[RESOURCE_BYTES]; /* table, delivery stream or bucket, empty: none */
    char shard[RESOURCE_BYTES]; /* of a Streams call about one shard */
    cJSON *tree; /* the body; NULL for PutRecordBatch. Owned by the dispatcher */
};

/* Names compare without case; empty slice when absent. */
struct slice request_header(const struct request *request, const char *name);

/* Zeroed memory with reply_init is an empty 200. */
struct reply {
    int status;
    const char *content_type;
    char request_id[37];
    struct bytes headers; /* extra lines "Name: value\r\n" */
    struct bytes body;
    bool checksum; /* send x-amz-crc32 */
    bool failed; /* an append ran out of memory or over the ceiling */
    const char *error_code; /* of reply_error, for the statistics; a literal or `code` */
    char code[64];
};

void reply_init(struct reply *reply);
void reply_free(struct reply *reply);
/* Forgets body and extra headers, keeps memory; 200 again. */
void reply_clear(struct reply *reply);

void reply_text(struct reply *reply, const char *text);
void reply_slice(struct reply *reply, struct slice slice);
void reply_print(struct reply *reply, const char *format, ...) PRINTF_LIKE(2, 3);
/* Appends a JSON string with quotes. */
void reply_string(struct reply *reply, const char *text);
/* Appends the tree unformatted and deletes it; NULL is a failure. */
void reply_tree(struct reply *reply, cJSON *tree);

/* Replaces the body with an AWS error of the request's protocol. */
void reply_error(struct reply *reply, const struct request *request, int status, const char *code,
                 const char *format, ...) PRINTF_LIKE(5, 6);

/* How the finished reply leaves: what faults change about it. */
struct delivery {
    bool drop; /* close without a byte */
    bool reset; /* the same, by RST */
    int64_t delay_ms;
    int64_t cut_at; /* close after so many bytes of the body; -1: whole */
    int64_t bytes_per_second; /* 0: at once */
    bool wrong_checksum;
    const char *fault; /* name of the action, for recording; NULL: none */
    bool foreign_reply; /* came from an upstream */
};

#endif
