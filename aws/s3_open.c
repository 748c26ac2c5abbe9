#include <stdio.h>

#include "aws/s3.h"

struct status s3_open(struct aws_session *session, struct s3 *ret_s3)
{
    struct aws_endpoint endpoint;
    struct s3 s3 = {.client = NULL};
    TRY(aws_session_endpoint(session, AWS_S3, &endpoint));
    TRY(aws_session_create_client(session, AWS_S3, &s3.client));
    (void)snprintf(s3.endpoint, sizeof s3.endpoint, "%s", endpoint.url);
    s3.path_style = endpoint.is_custom;
    *ret_s3 = s3;
    return status_ok();
}

void s3_close(struct s3 *s3)
{
    aws_client_destroy(s3->client);
    *s3 = (struct s3){.client = NULL};
}
