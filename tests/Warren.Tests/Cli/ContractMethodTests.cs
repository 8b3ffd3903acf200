using Warren.Cli.Running;
using Warren.Tests.Contracts;

namespace Warren.Tests.Cli;

public sealed class ContractMethodTests
{
    [Theory]
    [InlineData("ICalculator", "rpc.calculator")]
    [InlineData("IOrderBook", "rpc.order-book")]
    [InlineData("IHTTPGate2", "rpc.http-gate2")]
    [InlineData("IOld_Name", "rpc.old-name")]
    [InlineData("rpc.calculator", "rpc.calculator")]
    [InlineData("Billing", "Billing")]
    [InlineData("INVOICE-desk", "INVOICE-desk")]
    public void An_interface_becomes_its_address(string name, string address) => Assert.Equal(address, ContractMethod.AddressOf(name));

    [Fact]
    public void The_rule_is_the_generators() => Assert.Equal(RpcContract<ICalculator>.Get().Name, ContractMethod.AddressOf(nameof(ICalculator)));

    [Fact]
    public void A_slash_makes_it_a_contract()
    {
        Assert.True(ContractMethod.TryParse("ICalculator/Fib", out var method));
        Assert.Equal(new ContractMethod("rpc.calculator", "Fib"), method);
        Assert.False(ContractMethod.TryParse("rpc_queue", out _));
    }
}
