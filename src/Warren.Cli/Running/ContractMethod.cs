using System.Text;

namespace Warren.Cli.Running;

/// <summary>A method of a contract as people write it: <c>ICalculator/Fib</c>, or <c>rpc.calculator/Fib</c>.</summary>
internal readonly record struct ContractMethod(string Service, string Method)
{
    /// <summary>False when there is no slash: then it is a queue's name.</summary>
    public static bool TryParse(string address, out ContractMethod method)
    {
        var slash = address.LastIndexOf('/');
        method = slash < 0 ? default : new ContractMethod(AddressOf(address[..slash]), address[(slash + 1)..]);
        return slash >= 0;
    }

    /// <summary>
    /// An interface's name becomes the address that the generator makes of it: IOrderBook is rpc.order-book. What does not look like one is an address as it is.
    /// </summary>
    public static string AddressOf(string name)
    {
        if (name.Length < 2 || name[0] != 'I' || !char.IsUpper(name[1]) || !name.All(letter => char.IsLetterOrDigit(letter) || letter == '_'))
            return name;
        var text = new StringBuilder();
        for (var i = 1; i < name.Length; i++)
        {
            var startsWord = char.IsUpper(name[i]) && i > 1 && name[i - 1] != '_' && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (startsWord)
                text.Append('-');
            text.Append(name[i] == '_' ? '-' : char.ToLowerInvariant(name[i]));
        }
        return "rpc." + text.ToString().Trim('-');
    }
}
