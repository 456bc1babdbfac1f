"""Order lines of the UCI online retail data; an invoice that begins with C takes back."""

from accounts.connectors.csv_files.layouts.base import (
    Cells,
    Field,
    Layout,
    Target,
    Values,
    by_lower_case,
    has,
)

HEADER = ("StockCode", "Description", "Quantity", "InvoiceDate", "Country")


def recognise(*, header: list[str]) -> Layout | None:
    """The two editions of the set name three of the columns differently."""
    named = by_lower_case(header)
    invoice = named.get("invoice") or named.get("invoiceno")
    price = named.get("price") or named.get("unitprice")
    customer = named.get("customer id") or named.get("customerid")
    if not (has(header, *HEADER) and invoice and price and customer):
        return None
    return layout(invoice=invoice, price=price, customer=customer)


def customer_number(text: str) -> str:
    return text.strip().removesuffix(".0")


def code(text: str) -> str:
    return text.strip().upper()


def layout(*, invoice: str, price: str, customer: str) -> Layout:
    def no_customer(cells: Cells) -> str:
        return "" if cells[customer].strip() else "The row names no customer."

    def account(values: Values, cells: Cells) -> Values:
        return values | {"name": f"Customer {customer_number(cells[customer])}"}

    def status(values: Values, cells: Cells) -> Values:
        is_back = cells[invoice].strip().upper().startswith("C")
        quantity, unit = values["quantity"], values["unit_price"]
        known = quantity is not None and unit is not None
        return values | {
            "status": "Cancelled" if is_back else "Ordered",
            "total_price": quantity * unit if known else None,
        }

    return Layout(
        "Order lines",
        targets=(
            Target(
                "Account",
                key=(customer,),
                read_key=customer_number,
                is_main=False,
                repeats="first",
                fields={"Country": Field("country")},
                finish=account,
                finished=("name",),
                leave_out=no_customer,
            ),
            Target(
                "Product2",
                key=("StockCode",),
                read_key=code,
                is_main=False,
                repeats="first",
                fields={"StockCode": Field("code", read=code), "Description": Field("name")},
                leave_out=no_customer,
            ),
            Target(
                "Asset",
                key=(invoice, "StockCode", "Quantity", price, "InvoiceDate", customer),
                makes_id=True,
                repeats="number",
                fields={
                    invoice: Field("order_number"),
                    "StockCode": Field("product_ref", read=code),
                    "Quantity": Field("quantity"),
                    price: Field("unit_price"),
                    "InvoiceDate": Field("purchased_at"),
                    customer: Field("account_ref", read=customer_number),
                },
                finish=status,
                finished=("status", "total_price"),
                leave_out=no_customer,
            ),
        ),
    )
