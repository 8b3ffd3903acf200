using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Warren.Conformance.Fixtures;

namespace Warren.Conformance;

/// <summary>docs/wire.md is enough: programs in Python that were written from it call and serve a contract, with our side opposite.</summary>
public class WireTests(Brokers brokers, ForeignPrograms foreign) : IClassFixture<Brokers>
{
    private const string Address = "rpc.ledger";

    private static readonly CallOptions Long = new() { Timeout = TimeSpan.FromMinutes(2) };

    public static TheoryData<BrokerKind> Both => Brokers.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_client_written_from_the_page_calls_our_server(BrokerKind broker)
    {
        var uri = new Uri(await brokers.UriOfAsync(broker));
        await using var bus = await Bus.ConnectAsync(uri);
        var service = new Ledger();
        await using (await bus.ServeAsync<ILedger>(service))
        {
            await using var client = await foreign.StartAsync(Language.Python, "contract_client", uri, Address);
            Assert.Equal(0, await client.WaitForExitAsync(TimeSpan.FromMinutes(1)));
            string[] expected =
            [
                " [.] Add 42",
                " [.] Add 42",
                " [.] Add InvalidArgument NotExecuted - None",
                " [.] Steal Unimplemented NotExecuted - None",
                """ [.] Withdraw {"account":"ann","amount":-1.5}""",
                " [.] Withdraw FailedPrecondition Executed Shortage {'missing': 6.5}",
                " [.] Count ends after 100: 4950",
                " [.] Count cancelled after 10",
                " [.] Next 1",
                " [.] Next 1",
                " [.] Next was answered twice and ran once",
                " [.] Add 2",
                " [.] Info rpc.ledger ['Add', 'Count', 'Next', 'Note', 'Withdraw']",
            ];
            Assert.Equal(expected, client.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd()));
            await UntilAsync(() => service.Notes.Contains("from Python"));
            await UntilAsync(() => bus.Statistics.CancelsReceived == 1);
        }

        await using var late = await foreign.StartAsync(Language.Python, "contract_client", uri, Address, "expire");
        await late.WaitForOutputAsync(" [.] Add dropped: expired in rpc.ledger");
        Assert.Equal(0, await late.WaitForExitAsync());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Our_client_calls_a_server_written_from_the_page(BrokerKind broker)
    {
        var uri = new Uri(await brokers.UriOfAsync(broker));
        await using var server = await foreign.StartAsync(Language.Python, "contract_server", uri, Address);
        await server.WaitForOutputAsync("Awaiting RPC requests");
        await using var bus = await Bus.ConnectAsync(uri);
        var (fast, safe) = (bus.Client<ILedger>(Long), bus.Client<ILedger>(Long with { Mode = CallMode.Safe }));

        foreach (var ledger in new[] { fast, safe })
        {
            Assert.Equal(42, await ledger.Add(40, 2));
            Assert.Equal(new Booking("ann", -1.5m), await ledger.Withdraw("ann", 1.5m));
            var shortage = await Assert.ThrowsAsync<RpcFaultException<Shortage>>(() => ledger.Withdraw("ann", 10));
            Assert.Equal((RpcStatus.FailedPrecondition, RpcOutcome.Executed, 6.5m), (shortage.Status, shortage.Outcome, shortage.Fault.Missing));
        }
        Assert.Equal(1, await safe.Next());
        Assert.Equal(2, await safe.Next());
        Assert.Equal(3, await fast.Next());

        Assert.Equal(Enumerable.Range(0, 1000), await fast.Count(1000).ToListAsync());
        Assert.Equal(10, await fast.Count(100_000).Take(10).CountAsync()); // Then it is cancelled.
        await server.WaitForOutputAsync("Cancelled, with some items to go");

        await fast.Note("from C#");
        await server.WaitForOutputAsync("Noted from C#");

        var unknown = await Assert.ThrowsAsync<RpcException>(() => bus.CallAsync(Address, "Steal", "{}"u8.ToArray(), Long));
        Assert.Equal((RpcStatus.Unimplemented, RpcOutcome.NotExecuted), (unknown.Status, unknown.Outcome));
        var refused = await Assert.ThrowsAsync<RpcException>(() => bus.CallAsync(Address, "Add", "{"u8.ToArray(), Long));
        Assert.Equal((RpcStatus.InvalidArgument, RpcOutcome.NotExecuted), (refused.Status, refused.Outcome));

        var all = await bus.CallAllAsync((ILedger ledger) => ledger.Add(1, 1), most: 1, Long).SingleAsync();
        Assert.Equal(2, all.Value);
        var about = await bus.DiscoverAsync("ping", Address, TimeSpan.FromMinutes(1)).FirstAsync();
        Assert.Equal("python", JsonDocument.Parse(about).RootElement.GetProperty("instance").GetString());
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
            await Task.Delay(10, limit.Token);
    }

    private sealed class Ledger : ILedger
    {
        private int _ids;

        public ConcurrentBag<string> Notes { get; } = [];

        public Task<int> Add(int a, int b, CancellationToken cancellationToken) => Task.FromResult(a + b);

        public Task<Booking> Withdraw(string account, decimal amount, CancellationToken cancellationToken) => amount > 3.5m
            ? throw new RpcFaultException<Shortage>(new Shortage(amount - 3.5m), "not enough money")
            : Task.FromResult(new Booking(account, -amount));

        public Task<int> Next(CancellationToken cancellationToken) => Task.FromResult(Interlocked.Increment(ref _ids));

        public async IAsyncEnumerable<int> Count(int to, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            for (var i = 0; i < to; i++)
            {
                await Task.Yield();
                yield return i;
            }
        }

        public Task Note(string line, CancellationToken cancellationToken)
        {
            Notes.Add(line);
            return Task.CompletedTask;
        }
    }
}

/// <summary>rpc.ledger, as tests/foreign/python knows it.</summary>
[RpcContract]
public interface ILedger
{
    Task<int> Add(int a, int b = 1, CancellationToken cancellationToken = default);

    [Raises<Shortage>]
    Task<Booking> Withdraw(string account, decimal amount, CancellationToken cancellationToken = default);

    Task<int> Next(CancellationToken cancellationToken = default);

    IAsyncEnumerable<int> Count(int to, CancellationToken cancellationToken = default);

    [OneWay]
    Task Note(string line, CancellationToken cancellationToken = default);
}

public sealed record Booking(string Account, decimal Amount);

public sealed record Shortage(decimal Missing);
