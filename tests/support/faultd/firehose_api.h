/* Firehose: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html and its limits
 */
#ifndef PENSTOCK_FAULTD_FIREHOSE_API_H
#define PENSTOCK_FAULTD_FIREHOSE_API_H

#include "tests/support/faultd/world.h"

void firehose_put_record_batch(struct world *world, const struct request *request, const struct fault *fault,
                               struct reply *reply);
void firehose_put_record(struct world *world, const struct request *request, const struct fault *fault,
                         struct reply *reply);
void firehose_describe(struct world *world, const struct request *request, const struct fault *fault,
                       struct reply *reply);

#endif
