/* DynamoDB:
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
 */
#ifndef PENSTOCK_FAULTD_DYNAMODB_API_H
#define PENSTOCK_FAULTD_DYNAMODB_API_H

#include "tests/support/faultd/world.h"

void dynamodb_create_table(struct world *world, const struct request *request, const struct fault *fault,
                           struct reply *reply);
void dynamodb_describe_table(struct world *world, const struct request *request, const struct fault *fault,
                             struct reply *reply);
void dynamodb_delete_table(struct world *world, const struct request *request, const struct fault *fault,
                           struct reply *reply);
void dynamodb_list_tables(struct world *world, const struct request *request, const struct fault *fault,
                          struct reply *reply);
void dynamodb_put_item(struct world *world, const struct request *request, const struct fault *fault,
                       struct reply *reply);
void dynamodb_get_item(struct world *world, const struct request *request, const struct fault *fault,
                       struct reply *reply);
void dynamodb_update_item(struct world *world, const struct request *request, const struct fault *fault,
                          struct reply *reply);
void dynamodb_delete_item(struct world *world, const struct request *request, const struct fault *fault,
                          struct reply *reply);
void dynamodb_scan(struct world *world, const struct request *request, const struct fault *fault,
                   struct reply *reply);

/* The request's table when it is there and ACTIVE, else NULL with AWS's error given. */
struct table *dynamodb_table(struct world *world, const struct request *request, struct reply *reply)
    REQUIRES(world->tables.lock);

#endif
