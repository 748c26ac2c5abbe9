import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.dynamodbv2.AmazonDynamoDB;
import com.amazonaws.services.dynamodbv2.AmazonDynamoDBClientBuilder;
import com.amazonaws.services.dynamodbv2.model.BillingMode;
import com.amazonaws.services.kinesis.leases.impl.KinesisClientLease;
import com.amazonaws.services.kinesis.leases.impl.KinesisClientLeaseManager;
import java.util.TreeSet;

/** The same as that of KCL 3: see there for what it prints. KCL 1 knows no owner of a checkpoint: always "null". */
public final class ListLeases {
    public static void main(String[] arguments) throws Exception {
        AmazonDynamoDB dynamodb = AmazonDynamoDBClientBuilder.standard()
                .withEndpointConfiguration(new EndpointConfiguration(arguments[1], System.getenv("AWS_REGION")))
                .build();
        KinesisClientLeaseManager manager =
                new KinesisClientLeaseManager(arguments[0], dynamodb, true, BillingMode.PAY_PER_REQUEST);
        for (KinesisClientLease lease : manager.listLeases()) {
            System.out.println(String.join("\t",
                    lease.getLeaseKey(), String.valueOf(lease.getLeaseOwner()),
                    String.valueOf(lease.getLeaseCounter()), lease.getCheckpoint().getSequenceNumber(),
                    String.valueOf(lease.getCheckpoint().getSubSequenceNumber()),
                    String.valueOf(lease.getOwnerSwitchesSinceCheckpoint()),
                    String.join(",", new TreeSet<>(lease.getParentShardIds())),
                    String.join(",", new TreeSet<>(lease.getChildShardIds())), "null"));
        }
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }
}
