/* DynamoDB Streams:
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
 */
#ifndef PENSTOCK_FAULTD_STREAMS_API_H
#define PENSTOCK_FAULTD_STREAMS_API_H

#include "tests/support/faultd/world.h"

/* Each fills `reply`; `fault` bends the answer where the rule says so. */
void streams_list(struct world *world, const struct request *request, const struct fault *fault,
                  struct reply *reply);
void streams_describe(struct world *world, const struct request *request, const struct fault *fault,
                      struct reply *reply);
void streams_get_shard_iterator(struct world *world, const struct request *request, const struct fault *fault,
                                struct reply *reply);
void streams_get_records(struct world *world, const struct request *request, const struct fault *fault,
                         struct reply *reply);

#endif
