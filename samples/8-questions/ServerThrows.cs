using Warren;
using Warren.Broker;

namespace Questions;

[RpcContract]
public interface IAccounts
{
    [Raises<InsufficientFunds>]
    Task<decimal> Withdraw(string account, decimal amount, CancellationToken cancellationToken = default);
}

public sealed record InsufficientFunds(decimal Balance);

/// <summary>What if the server throws?</summary>
internal static class ServerThrows
{
    public static async Task RunAsync()
    {
        await using var broker = await WarrenBroker.StartAsync();
        await using var bus = await Bus.ConnectAsync(broker.Uri);
        await using var server = await bus.ServeAsync<IAccounts>(new Accounts());
        var accounts = bus.Client<IAccounts>();

        Console.WriteLine($"Withdrawn: {await accounts.Withdraw("ann", 1.25m)}");
        foreach (var (account, amount) in new[] { ("ann", 100m), ("bob", 1m), ("", 1m) })
        {
            try
            {
                await accounts.Withdraw(account, amount);
            }
            catch (RpcFaultException<InsufficientFunds> e) // Declared: the data come with it.
            {
                Console.WriteLine($"{e.Message} Balance: {e.Fault.Balance}");
            }
            catch (RpcException e)
            {
                Console.WriteLine(e.Message);
            }
        }
    }

    private sealed class Accounts : IAccounts
    {
        public Task<decimal> Withdraw(string account, decimal amount, CancellationToken cancellationToken) => account switch
        {
            "ann" when amount <= 3.50m => Task.FromResult(amount),
            "ann" => throw new RpcFaultException<InsufficientFunds>(new(3.50m), "not enough money"),
            "" => throw new FormatException("the connection string is user=sa;password=1234"), // Not for the caller's eyes.
            _ => throw new RpcException(RpcStatus.NotFound, $"there is no account {account}"),
        };
    }
}
