/* Kinesis Data Streams: https://docs.aws.amazon.com/kinesis/latest/APIReference/ */
#ifndef PENSTOCK_FAULTD_KINESIS_API_H
#define PENSTOCK_FAULTD_KINESIS_API_H

#include "tests/support/faultd/world.h"

void kinesis_put_records(struct world *world, const struct request *request, const struct fault *fault,
                         struct reply *reply);
void kinesis_describe_summary(struct world *world, const struct request *request, const struct fault *fault,
                              struct reply *reply);

/* The data stream that a request names, by name or ARN; empty: none. */
const char *kinesis_stream_name(const struct request *request);

#endif
