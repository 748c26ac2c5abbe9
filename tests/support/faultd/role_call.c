/* Which IAM action a call is, and on which resource:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html and
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisfirehose.html */
#include <stdio.h>

#include "tests/support/faultd/role.h"
#include "tests/support/faultd/s3_request.h"
#include "tests/support/faultd/tree.h"

/* An iterator, this server's or DynamoDB Local's, carries its stream's ARN up to a '|'. */
static bool copy_iterator_arn(const char *iterator, char ret_arn[ROLE_ARN_BYTES])
{
    const char *arn = iterator == NULL ? NULL : strstr(iterator, "arn:");
    const char *end = arn == NULL ? NULL : strchr(arn, '|');
    return end != NULL && slice_copy_text(slice_of(arn, (size_t)(end - arn)), ret_arn, ROLE_ARN_BYTES);
}

static bool name_stream(const struct request *request, char ret_arn[ROLE_ARN_BYTES])
{
    if (strcmp(request->operation, "ListStreams") == 0) {
        return slice_copy_text(slice_of_text("*"), ret_arn, ROLE_ARN_BYTES);
    }
    const char *arn = tree_text(request->tree, "StreamArn");
    if (arn != NULL) {
        return slice_copy_text(slice_of_text(arn), ret_arn, ROLE_ARN_BYTES);
    }
    return copy_iterator_arn(tree_text(request->tree, "ShardIterator"), ret_arn);
}

static bool name_table(const struct request *request, const char *region, char ret_arn[ROLE_ARN_BYTES])
{
    const char *table = tree_text(request->tree, "TableName");
    int length = 0;
    if (strcmp(request->operation, "ListTables") == 0) {
        length = snprintf(ret_arn, ROLE_ARN_BYTES, "*");
    } else if (table == NULL) {
        return false;
    } else if (strncmp(table, "arn:", 4) == 0) {
        length = snprintf(ret_arn, ROLE_ARN_BYTES, "%s", table);
    } else {
        length =
            snprintf(ret_arn, ROLE_ARN_BYTES, "arn:aws:dynamodb:%s:000000000000:table/%s", region, table);
    }
    return length < ROLE_ARN_BYTES;
}

/* A list is of the bucket, and has a name of its own in IAM:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html */
static bool name_object(const struct request *request, char ret_action[ROLE_ACTION_BYTES],
                        char ret_arn[ROLE_ARN_BYTES])
{
    struct s3_place place;
    bool list = strcmp(request->operation, "ListObjectsV2") == 0;
    if (request->operation[0] == '\0' || !s3_read_place(request, &place)) {
        return false;
    }
    return snprintf(ret_action, ROLE_ACTION_BYTES, "s3:%s", list ? "ListBucket" : request->operation) <
               ROLE_ACTION_BYTES &&
           snprintf(ret_arn, ROLE_ARN_BYTES, "arn:aws:s3:::%s%s%.300s", place.bucket, list ? "" : "/",
                    list ? "" : place.key) < ROLE_ARN_BYTES;
}

bool role_name_call(const struct request *request, const char *region, char ret_action[ROLE_ACTION_BYTES],
                    char ret_arn[ROLE_ARN_BYTES])
{
    const char *prefix = request->service == SERVICE_FIREHOSE  ? "firehose"
                         : request->service == SERVICE_KINESIS ? "kinesis"
                                                               : "dynamodb";
    if (snprintf(ret_action, ROLE_ACTION_BYTES, "%s:%s", prefix, request->operation) >= ROLE_ACTION_BYTES) {
        return false;
    }
    switch (request->service) {
    case SERVICE_DYNAMODB:
        return name_table(request, region, ret_arn);
    case SERVICE_STREAMS:
        return name_stream(request, ret_arn);
    case SERVICE_FIREHOSE:
        return request->resource[0] != '\0' &&
               snprintf(ret_arn, ROLE_ARN_BYTES, "arn:aws:firehose:%s:000000000000:deliverystream/%s", region,
                        request->resource) < ROLE_ARN_BYTES;
    case SERVICE_KINESIS:
        return request->resource[0] != '\0' &&
               snprintf(ret_arn, ROLE_ARN_BYTES, "arn:aws:kinesis:%s:000000000000:stream/%s", region,
                        request->resource) < ROLE_ARN_BYTES;
    case SERVICE_S3:
        return name_object(request, ret_action, ret_arn);
    case SERVICE_NONE:
    case SERVICE_STS:
    case SERVICE_COUNT:
        return false;
    }
    return false;
}
