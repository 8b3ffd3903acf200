namespace Warren.Broker;

/// <summary>Who someone says to be, as octets of the login.</summary>
internal readonly record struct Credentials(ReadOnlyMemory<byte> User, ReadOnlyMemory<byte> Password);
