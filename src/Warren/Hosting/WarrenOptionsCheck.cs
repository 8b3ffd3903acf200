using Microsoft.Extensions.Options;

namespace Warren;

/// <summary>Checks one connection's options when the host starts, its servers' too, and names what is wrong.</summary>
internal sealed class WarrenOptionsCheck(string name, ServedContracts served) : IValidateOptions<WarrenOptions>
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(int.MaxValue);

    public ValidateOptionsResult Validate(string? name1, WarrenOptions options)
    {
        if (name1 != name)
            return ValidateOptionsResult.Skip;
        var faults = new List<string>();
        CheckAddress(options, faults);
        var bus = options.Bus;
        CheckTime("CallTimeout", bus.CallTimeout, faults);
        CheckTime("PublishTimeout", bus.PublishTimeout, faults);
        if (bus.ReplyQueueExpiry < TimeSpan.FromSeconds(1))
            Add("ReplyQueueExpiry", bus.ReplyQueueExpiry, "at least a second", faults);
        if (bus.MaxPendingCalls is < 1 or > CorrelationId.MaxSlots)
            Add("MaxPendingCalls", bus.MaxPendingCalls, $"from 1 to {CorrelationId.MaxSlots}", faults);
        if (bus.Reconnect.FirstDelay < TimeSpan.Zero)
            Add("Reconnect:FirstDelay", bus.Reconnect.FirstDelay, "not negative", faults);
        if (bus.Reconnect.MaxDelay < bus.Reconnect.FirstDelay)
            Add("Reconnect:MaxDelay", bus.Reconnect.MaxDelay, $"at least Reconnect:FirstDelay, which is {bus.Reconnect.FirstDelay}", faults);
        foreach (var contract in served.All)
            CheckServer(contract, options, faults);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private void CheckAddress(WarrenOptions options, List<string> faults)
    {
        if (options.InProcess is null && string.IsNullOrWhiteSpace(options.Uri))
        {
            faults.Add($"{Title}Uri is missing: write the broker's address, such as amqp://guest:guest@localhost:5672/.");
            return;
        }
        try
        {
            options.ToConnection();
        }
        catch (FormatException e)
        {
            faults.Add($"{Title}Uri: {e.Message}");
        }
    }

    private void CheckServer(ServedContract contract, WarrenOptions options, List<string> faults)
    {
        try
        {
            options.ServeWith(contract.Configure).Check();
        }
        catch (ArgumentException e)
        {
            faults.Add($"{Title}Serve:{e.ParamName} of {contract.Address}: {e.Message}");
        }
    }

    private void CheckTime(string option, TimeSpan time, List<string> faults)
    {
        if (time <= TimeSpan.Zero || time > Longest)
            Add(option, time, "more than zero and at most 24 days", faults);
    }

    private void Add(string option, object value, string wanted, List<string> faults) => faults.Add($"{Title}{option} is {value}; it has to be {wanted}.");

    private string Title => name.Length == 0 ? "Warren: " : $"Warren '{name}': ";
}
