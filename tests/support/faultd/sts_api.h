/* STS, query protocol: https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html */
#ifndef PENSTOCK_FAULTD_STS_API_H
#define PENSTOCK_FAULTD_STS_API_H

#include "tests/support/faultd/world.h"

/* Reads a form's Action into request->operation; false when the body is no such form. */
bool sts_read_action(struct request *request);

void sts_get_caller_identity(struct world *world, const struct request *request, const struct fault *fault,
                             struct reply *reply);
/* AssumeRole and AssumeRoleWithWebIdentity: new keys, known to the server from then on. */
void sts_assume_role(struct world *world, const struct request *request, const struct fault *fault,
                     struct reply *reply);

#endif
