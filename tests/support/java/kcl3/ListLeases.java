import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.kinesis.common.DdbTableConfig;
import software.amazon.kinesis.leases.Lease;
import software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseRefresher;
import software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseSerializer;
import software.amazon.kinesis.leases.dynamodb.TableCreatorCallback;

/**
 * The rows of a lease table as the library itself reads them, a line each, its fields ended by tabs: key, owner, counter,
 * checkpoint, its sub-number, owner switches, parents, children, owner of the checkpoint. Not 0 when it throws.
 *
 * ListLeases TABLE DYNAMODB_URL
 */
public final class ListLeases {
    public static void main(String[] arguments) throws Exception {
        DynamoDbAsyncClient dynamodb = DynamoDbAsyncClient.builder()
                .endpointOverride(URI.create(arguments[1]))
                .region(Region.of(System.getenv("AWS_REGION")))
                .build();
        DynamoDBLeaseRefresher refresher = new DynamoDBLeaseRefresher(
                arguments[0], dynamodb, new DynamoDBLeaseSerializer(), true,
                TableCreatorCallback.NOOP_TABLE_CREATOR_CALLBACK, Duration.ofSeconds(60), new DdbTableConfig(),
                false, false, Collections.emptyList());
        List<Lease> leases = refresher.listLeases();
        for (Lease lease : leases) {
            Lease alone = refresher.getLease(lease.leaseKey());
            if (!alone.checkpoint().equals(lease.checkpoint())) {
                throw new IllegalStateException(lease + " is not " + alone);
            }
            System.out.println(String.join("\t",
                    lease.leaseKey(), String.valueOf(lease.leaseOwner()), String.valueOf(lease.leaseCounter()),
                    lease.checkpoint().sequenceNumber(), String.valueOf(lease.checkpoint().subSequenceNumber()),
                    String.valueOf(lease.ownerSwitchesSinceCheckpoint()),
                    String.join(",", new TreeSet<>(lease.parentShardIds())),
                    String.join(",", new TreeSet<>(lease.childShardIds())),
                    String.valueOf(lease.checkpointOwner())));
        }
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }
}
