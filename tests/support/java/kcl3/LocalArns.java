import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.dynamodb.model.DescribeStreamRequest;
import software.amazon.awssdk.services.dynamodb.model.GetShardIteratorRequest;

/**
 * DynamoDB Local has streams of a region "ddblocal", which the adapter does not take for one (it looks the partition of
 * a region up): the adapter is told a real region, and each request says "ddblocal" again.
 */
final class LocalArns implements ExecutionInterceptor {
    private static final String LOCAL = ":ddblocal:";
    private final String stream;
    private final String told;

    LocalArns(String stream, String region) {
        this.stream = stream;
        this.told = stream.replace(LOCAL, ":" + region + ":");
    }

    String told() {
        return told;
    }

    @Override
    public SdkRequest modifyRequest(Context.ModifyRequest context, ExecutionAttributes attributes) {
        SdkRequest request = context.request();
        if (request instanceof DescribeStreamRequest) {
            return ((DescribeStreamRequest) request).toBuilder().streamArn(stream).build();
        }
        if (request instanceof GetShardIteratorRequest) {
            return ((GetShardIteratorRequest) request).toBuilder().streamArn(stream).build();
        }
        return request;
    }
}
