/* One AWS service's client: signs, sends, classifies, retries. Any number of threads may call one client.
 *
 * A call is one operation of a JSON protocol (DynamoDB, Streams, Firehose, Kinesis) with its body ready made,
 * or one request to S3, with a method, a URL and headers of its own (aws/s3.h).
 * Retries follow the standard mode with the numbers of November 2026 (aws/retry.h), or the adaptive one, which
 * also holds requests back after throttles (aws/retry_adaptive.h); clock skew is learned from replies and corrected; x-amz-crc32 is checked when present. A refusal for the clock or for expired
 * credentials is answered by one corrected attempt that counts for nothing, even where one attempt is all:
 * the server did nothing with the first.
 *
 * A retried write may have taken effect before: after STATUS_UNAVAILABLE or STATUS_TIMEOUT inside a call, a
 * conditional write can lose against itself and say STATUS_CONDITION. Whoever cannot have that asks for one
 * attempt, or compares the row that comes back.
 */
#ifndef PENSTOCK_AWS_CLIENT_H
#define PENSTOCK_AWS_CLIENT_H

#include "aws/call_counts.h"
#include "aws/credentials.h"
#include "aws/http.h"
#include "aws/retry.h"
#include "base/clock.h"

enum aws_service {
    AWS_DYNAMODB,
    AWS_DYNAMODB_STREAMS,
    AWS_FIREHOSE,
    AWS_KINESIS,
    AWS_STS,
    AWS_S3,
    AWS_SERVICE_COUNT
};

struct aws_client; /* opaque */

struct aws_client_options {
    enum aws_service service;
    const char *region;
    const char *endpoint; /* whole URL, as aws/endpoint.h makes it */
    struct http_transport *transport; /* borrowed, outlives the client */
    struct credentials_source *credentials; /* borrowed, outlives the client */
    const struct clock *clock;
    uint32_t max_attempts; /* 0: 4 for DynamoDB and Streams, else 3 */
    enum retry_mode retry_mode;
};

struct status aws_client_create(const struct aws_client_options *options, struct aws_client **ret_client)
    MUST_USE;
void aws_client_destroy(struct aws_client *client);

enum { CALL_HEADERS = 4 };

struct aws_call {
    const char *operation; /* "GetRecords" */
    struct slice body; /* JSON; of S3 an object */
    const char *method; /* NULL: POST */
    const char *url; /* whole, in place of the endpoint; NULL: the endpoint */
    const struct http_header *headers; /* further ones to sign, CALL_HEADERS at most; names in lower case */
    size_t header_count;
    int64_t attempt_timeout_ms; /* one exchange; 0: 10 s */
    int64_t deadline_boot_ms; /* no attempt starts or lasts beyond it; 0: none */
    size_t reply_ceiling; /* 0: 1 MiB */
    size_t reply_expected; /* about how long it will be; 0: short, or not known */
    struct buffers *buffers; /* where a great reply's memory comes from, or NULL */
    uint32_t max_attempts; /* 0: the client's */
    struct stop *cancel; /* or NULL */
    bool urgent; /* never held back by the adaptive retry mode, though it takes a token when there is one */
};

enum { AWS_ERROR_CODE_BYTES = 64, AWS_REQUEST_ID_BYTES = 72 };

/* Zeroed memory is a valid empty reply; it can be used again and keeps its memory. */
struct aws_reply {
    struct http_reply http; /* of the last attempt */
    uint32_t attempts;
    bool held_back; /* STATUS_THROTTLED by the adaptive retry mode: nothing was sent */
    char error_code[AWS_ERROR_CODE_BYTES]; /* "ExpiredIteratorException", empty when the call succeeded or
                                              never got an answer */
    char request_id[AWS_REQUEST_ID_BYTES];
};

void aws_reply_free(struct aws_reply *reply);

/* On success reply->http.body is the answer. On failure the code says what a caller can do: STATUS_INVALID
 * (validation: the request itself is wrong), STATUS_NOT_FOUND (ResourceNotFoundException), STATUS_EXISTS
 * (ResourceInUseException), STATUS_CONDITION (ConditionalCheckFailedException), STATUS_DENIED (credentials,
 * rights, or a set-up that an operator must mend: a KMS key, a delivery stream that takes no direct puts),
 * STATUS_THROTTLED, STATUS_UNAVAILABLE, STATUS_TIMEOUT, STATUS_TOO_LARGE, STATUS_CORRUPT (checksum),
 * STATUS_EXPIRED (ExpiredIteratorException), STATUS_TRIMMED (TrimmedDataAccessException), STATUS_STOPPED;
 * reply->error_code and the body hold AWS's own words, or are empty when nothing was answered. The reason names service, operation, AWS's code and
 * message. */
struct status aws_client_call(struct aws_client *client, const struct aws_call *call, struct aws_reply *reply)
    MUST_USE;

/* Counters since creation, for metrics; consistent with each other only roughly. */
struct aws_client_counts {
    uint64_t calls;
    uint64_t attempts;
    uint64_t retries;
    uint64_t retries_throttled; /* of these, after a throttling */
    uint64_t throttles;
    uint64_t failures;
    int retry_tokens; /* left for retries (aws/retry.h) */
    double send_rate; /* requests a second that the adaptive retry mode allows; 0: as many as are wanted */
    int64_t clock_offset_ms; /* server minus ours, 0 until a skew was learned */
};
void aws_client_read_counts(struct aws_client *client, struct aws_client_counts *ret_counts);

/* Attempts since creation by operation and outcome. */
void aws_client_read_calls(struct aws_client *client, struct call_counts *ret_calls);

#endif
