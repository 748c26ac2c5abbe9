/* A worker's way to AWS: transport, session and one client a service, made from the settings. */
#ifndef PENSTOCK_WORKER_ACCESS_H
#define PENSTOCK_WORKER_ACCESS_H

#include "aws/s3.h"
#include "aws/session.h"
#include "worker/settings.h"

/* Zeroed memory is a valid closed access. */
struct access {
    struct http_transport *transport;
    struct aws_session *session;
    struct aws_client *dynamodb;
    struct aws_client *streams;
    struct aws_client *firehose; /* NULL when no setting names a delivery stream */
    struct s3 s3; /* closed when no setting names a bucket */
    struct aws_client *kinesis; /* NULL without --kinesis */
    const char *region; /* the session's */
    char credentials[64]; /* where they come from, for messages */
    bool app_id_is_cut; /* AWS_SDK_UA_APP_ID has more than an application's name may have */
};

/* Finds region and credentials (fetching them once, so that a start without any fails in words) and makes the
 * clients. Without a region in settings and environment that of --stream-arn is taken. Failures name what is
 * missing and the ways to give it. On failure all is closed. */
struct status access_open(const struct settings *settings, const struct clock *clock,
                          struct access *ret_access) MUST_USE;

void access_close(struct access *access);

#endif
