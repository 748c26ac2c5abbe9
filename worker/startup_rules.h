/* What a start checks before it touches a lease, as pure rules, and how it tells a user what is wrong. */
#ifndef PENSTOCK_WORKER_STARTUP_RULES_H
#define PENSTOCK_WORKER_STARTUP_RULES_H

#include "aws/dynamodb.h"
#include "aws/endpoint.h"
#include "aws/streams.h"

/* The stream that this worker reads. */
struct stream_target {
    char table[DYNAMODB_NAME_BYTES];
    char arn[DYNAMODB_ARN_BYTES];
    char label[STREAMS_LABEL_BYTES];
};

/* From DescribeTable's answer. STATUS_NOT_FOUND: the table has no stream; STATUS_INVALID: the stream is off
 * or shows no new images, or no old ones though `wants_old` (who asks for them: "--old-image"; NULL: nobody) does. Each
 * says what to change. */
struct status startup_target_of_table(const struct dynamodb_table *table, const char *wants_old,
                                      struct stream_target *ret_target) MUST_USE;

/* The table's stream was switched off and can be read for a day. */
bool startup_is_switched_off(const struct dynamodb_table *table);

/* As startup_target_of_table, for a stream that is switched off: its kind is no longer told. */
struct status startup_target_of_old_stream(const struct dynamodb_table *table,
                                           struct stream_target *ret_target) MUST_USE;

/* From --stream-arn and DescribeStream's answer; a stream that was switched off can still be read to its end.
 */
struct status startup_target_of_stream(const struct stream_description *description, const char *arn,
                                       const char *wants_old, struct stream_target *ret_target) MUST_USE;

/* Refuses KEYS_ONLY and OLD_IMAGE streams, and NEW_IMAGE ones when old images are asked for. */
struct status startup_check_view(const char *view_type, const char *stream, const char *wants_old) MUST_USE;

/* An endpoint of AWS itself; false for one set by AWS_ENDPOINT_URL... that stands in for it. */
bool startup_is_aws_endpoint(const char *url);

/* The ARN's region must be the session's, since requests are signed for that, unless the endpoint is not
 * AWS's own: emulators put regions of their own into ARNs (DynamoDB Local: "ddblocal"). */
struct status startup_check_region(const char *arn_region, const char *session_region,
                                   const char *streams_endpoint) MUST_USE;

/* The application's name: `configured`, or "penstock-TABLE". STATUS_INVALID when it is the data table itself,
 * whose items would be taken for leases, or over 255 bytes. */
struct status startup_app_name(const char *configured, const char *table, char ret_app[DYNAMODB_NAME_BYTES])
    MUST_USE;

/* The folder of positions when --state-dir is not set: $STATE_DIRECTORY (systemd; its first entry),
 * $XDG_STATE_HOME/penstock, $HOME/.local/state/penstock, /var/lib/penstock. `get` is an environment's. */
struct status startup_state_dir(const char *configured, const char *(*get)(void *context, const char *name),
                                void *context, char *ret_path, size_t size) MUST_USE;

/* Which call failed, for startup_explain. */
struct startup_call {
    const char *action; /* "dynamodb:DescribeTable" */
    const char *resource; /* "table 'orders'" */
    const char *region;
    const char *setting; /* what to check when it is not found: "--table and --region" */
    const char *credentials; /* where they come from: "environment" */
};

/* The same failure in words for a person: what was refused, for which resource, and the remedy. Other codes
 * than NOT_FOUND, DENIED, UNAVAILABLE, TIMEOUT, CORRUPT and TOO_LARGE keep their reason. */
struct status startup_explain(const struct startup_call *call, const struct status *failure) MUST_USE;

#endif
