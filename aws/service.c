#include "aws/service.h"

static const struct aws_service_traits traits[AWS_SERVICE_COUNT] = {
    [AWS_DYNAMODB] = {"DynamoDB", "dynamodb", "application/x-amz-json-1.0", "DynamoDB_20120810.", true,
                      false},
    [AWS_DYNAMODB_STREAMS] = {"DynamoDB Streams", "dynamodb", "application/x-amz-json-1.0",
                              "DynamoDBStreams_20120810.", true, false},
    [AWS_FIREHOSE] = {"Firehose", "firehose", "application/x-amz-json-1.1", "Firehose_20150804.", false,
                      false},
    [AWS_KINESIS] = {"Kinesis", "kinesis", "application/x-amz-json-1.1", "Kinesis_20131202.", false, false},
    [AWS_STS] = {"STS", "sts", "application/x-www-form-urlencoded; charset=utf-8", NULL, false, false},
    [AWS_S3] = {"S3", "s3", NULL, NULL, false, true},
};

const struct aws_service_traits *aws_service_traits(enum aws_service service)
{
    return &traits[service];
}
