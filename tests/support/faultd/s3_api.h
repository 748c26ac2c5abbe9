/* S3: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html, API_GetObject, API_DeleteObject and
 * API_ListObjectsV2, buckets in the path. */
#ifndef PENSTOCK_FAULTD_S3_API_H
#define PENSTOCK_FAULTD_S3_API_H

#include "tests/support/faultd/world.h"

/* Whether the request is signed for S3; then its operation, resource (the bucket) and shard (the key, cut) are
 * filled in. An unknown one has an empty operation. */
bool s3_identify(struct request *request) MUST_USE;

void s3_put_object(struct world *world, const struct request *request, const struct fault *fault,
                   struct reply *reply);
void s3_get_object(struct world *world, const struct request *request, const struct fault *fault,
                   struct reply *reply);
void s3_delete_object(struct world *world, const struct request *request, const struct fault *fault,
                      struct reply *reply);
void s3_list_objects(struct world *world, const struct request *request, const struct fault *fault,
                     struct reply *reply);

#endif
