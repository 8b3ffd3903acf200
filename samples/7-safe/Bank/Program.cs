using SafeBank;
using Warren;

// dotnet run -- serve           (as many as you like, on one file; kill them as you please)
// dotnet run -- deposit ann 10
var uri = Environment.GetEnvironmentVariable("WARREN_URI") ?? "amqp://guest:guest@localhost:5672/";
await using var bus = await Bus.ConnectAsync(uri);

if (args is ["serve"])
{
    using var replies = new SqliteReplies("bank.db", "CREATE TABLE IF NOT EXISTS accounts (name TEXT PRIMARY KEY, balance INTEGER)");
    await using var server = await bus.ServeAsync<IBank>(new BankService(replies), new ServeOptions { Replies = replies });
    Console.WriteLine(" [x] The bank is open. Ctrl+C closes it.");
    var stop = new TaskCompletionSource();
    Console.CancelKeyPress += (_, e) => { e.Cancel = true; stop.TrySetResult(); };
    await stop.Task;
}
else if (args is ["deposit", var account, var amount] && long.TryParse(amount, out var coins))
{
    var bank = bus.Client<IBank>(new CallOptions { Mode = CallMode.Safe, Timeout = TimeSpan.FromMinutes(1) });
    Console.WriteLine($" [.] {account} has {await bank.Deposit(account, coins)}");
}
else
{
    Console.Error.WriteLine("Usage: dotnet run -- serve | dotnet run -- deposit ACCOUNT AMOUNT");
    return 64;
}
return 0;

/// <summary>Pays in once for each call, whatever is delivered how often.</summary>
internal sealed class BankService(SqliteReplies replies) : IBank
{
    public Task<long> Deposit(string account, long amount, CancellationToken cancellationToken)
    {
        const string PayIn = "INSERT INTO accounts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET balance = balance + excluded.balance RETURNING balance";
        var reply = replies.Once(RequestContext.Current!.CallId, database => StoredReply.Of(database.Execute(PayIn, account, amount)), cancellationToken);
        return Task.FromResult(long.Parse(reply.Body.Span, System.Globalization.CultureInfo.InvariantCulture));
    }
}
