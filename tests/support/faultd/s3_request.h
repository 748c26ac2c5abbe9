/* The parts of a request to S3. */
#ifndef PENSTOCK_FAULTD_S3_REQUEST_H
#define PENSTOCK_FAULTD_S3_REQUEST_H

#include "tests/support/faultd/bucket.h"
#include "tests/support/faultd/s3_api.h"

struct s3_place {
    char bucket[BUCKET_NAME_BYTES];
    char key[OBJECT_KEY_BYTES]; /* empty: the bucket itself */
};

/* From the path, decoded. False when it is too long. */
bool s3_read_place(const struct request *request, struct s3_place *ret_place) MUST_USE;

/* The decoded value of a query parameter; false when absent or too long. */
bool s3_query(const struct request *request, const char *name, char *target, size_t size) MUST_USE;

#endif
