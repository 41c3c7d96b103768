"""What arrears hang into lower layers: rules of proof and pages in the menu."""

from lokum.money.arrears import proof

proof.register()
